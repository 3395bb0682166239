"""How many workers there are to be: the rule alone, with the time said to it."""

from auditor.engines.crew import CALM, Crew


def test_only_a_part_goes_each_second() -> None:
    """However many run short at once, three of four stay for this second."""
    crew = Crew(100)
    assert sum(crew.leave(10.0) for _ in range(100)) == 25
    assert not crew.leave(10.9)
    assert crew.leave(11.0)


def test_the_last_worker_stays() -> None:
    """A run goes on, however short this machine is."""
    crew = Crew(3)
    for second in range(100):
        crew.leave(float(second))
    assert crew.hands == 1


def test_nobody_comes_back_before_it_was_calm_for_a_while() -> None:
    """Each shortage begins the wait anew."""
    crew = Crew(100)
    crew.leave(0.0)
    crew.leave(2.0)
    assert crew.come_back(CALM + 1.0) == 0
    assert crew.come_back(CALM + 2.0) == 2


def test_workers_come_back_a_few_each_second_up_to_the_full_number() -> None:
    """From one worker to all of them takes some seconds, not one, so that a lasting limit is found, not overrun."""
    crew = Crew(100)
    for second in range(100):
        crew.leave(float(second))
    back = [crew.come_back(200.0 + tenth / 10) for tenth in range(300)]
    assert sum(back) == 99
    assert max(back) == 6
    assert back.index(6, 1) == 10
    assert crew.hands == 100
