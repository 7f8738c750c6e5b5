"""Work in processes beside: in order, only a little ahead, and nobody is left behind."""

import os
import signal
from contextlib import closing
from multiprocessing import active_children

import pytest

from articles import processes
from articles.processes import Failed, Killed, each


@pytest.fixture(autouse=True)
def two(settings):
    settings.PROCESSES = 2


def doubled(number):
    return 2 * number


def where(_):
    return os.getpid()


def divided(number):
    return 1 // number


def unspeakable(_):
    return lambda: None


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_results_come_with_their_items_in_order():
    numbers = range(50)
    assert list(each(doubled, numbers)) == [(number, 2 * number) for number in numbers]
    assert not active_children()


def test_the_first_are_worked_on_here_and_the_rest_in_as_many_processes_as_are_set():
    pids = [pid for _, pid in each(where, range(20), here=4)]
    assert pids[:4] == [os.getpid()] * 4
    assert len(set(pids[4:])) == 2
    assert os.getpid() not in pids[4:]


@pytest.mark.parametrize(("count", "here"), [(0, 0), (3, 3), (1, 4)])
def test_few_items_start_no_process(count, here, monkeypatch):
    monkeypatch.setattr(processes, "Process", None)
    assert len(list(each(where, range(count), here=here))) == count


def test_with_one_process_all_is_done_here(settings):
    settings.PROCESSES = 1
    assert {pid for _, pid in each(where, range(5))} == {os.getpid()}


def test_items_are_read_only_a_little_ahead():
    read = []
    with closing(each(doubled, (read.append(number) or number for number in range(100)))) as results:
        for taken, _ in enumerate(results, start=1):
            assert len(read) <= taken + 3
            if taken == 10:
                break
    assert not active_children()


def test_an_error_comes_back_with_the_place_it_was_met_at():
    results = each(divided, [1, 1, 0, 1])
    assert [next(results), next(results)] == [(1, 1), (1, 1)]
    with pytest.raises(Failed, match=r"(?s)in divided.*ZeroDivisionError"):
        next(results)
    assert not active_children()


def test_a_result_that_cannot_be_sent_is_an_error():
    with pytest.raises(Failed, match="pickle"):
        list(each(unspeakable, [1]))


def test_a_process_that_is_killed_at_its_work_is_reported_and_takes_the_others_along():
    with pytest.raises(Killed, match="killed"):
        list(each(killed, [1, 2, 3]))
    assert not active_children()


def test_a_process_that_is_killed_between_two_items_is_reported():
    results = each(where, range(12))
    next(results)
    for child in active_children():
        child.kill()
        child.join()
    with pytest.raises(Killed):
        list(results)
    assert not active_children()


def test_a_signal_to_end_that_reaches_all_of_them_is_for_the_one_that_leads():
    results = each(where, range(12))
    next(results)
    for child in active_children():
        os.kill(child.pid, signal.SIGTERM)
        os.kill(child.pid, signal.SIGINT)
    assert [item for item, _ in results] == list(range(1, 12))


def test_a_process_whose_parent_was_killed_ends(spawn):
    parent = spawn("""
        import os, signal
        from django.conf import settings
        from articles.processes import each
        from tests.articles.test_processes import where
        settings.PROCESSES = 2
        next(each(where, range(9)))
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    # What it wrote to comes to its end when the last process that could write there is gone.
    output, errors = parent.communicate(timeout=30)
    assert (parent.returncode, output, errors) == (-signal.SIGKILL, "", "")
