"""How dates are written where Django writes them itself, as in the admin's lists: as reviews.templatetags.desk.moment.

Settings name this package as FORMAT_MODULE_PATH.
"""
