"""Pages as files: a released page is rendered once, kept, and answered from its file before Django is asked.

`rules` says which pages are kept and why, `folder` keeps them, `making` renders them, `front` answers with them, and
`following` clears, in every process, what a release, a withdrawal or another change made untrue (models.Purge).
"""
