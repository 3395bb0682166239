"""Who runs the rows' way: `local` on one event loop, `processes` on one per worker.

    workforce.py    which of the two, and what it needs
    local.py        a reader, an asker, a writer
    passage.py      the reader and the writer, with the window between them; for both
    asker.py        what asks, with long-lived tasks on a frontier; knows nothing of images
    crew.py         how many of those there are to be
    loop.py         the event loop itself
    memory.py       the looks, with the memory of earlier runs around them
    order.py        what a run is to do, as a worker is told
    unsaid.py       what its rules say nothing of, and the night before did

Worker processes, each of which has an asker:

    processes.py    the engine: rows go to places, finished lines come back
    place.py        one worker's place, filled anew when its worker is killed
    shares.py       the budgets shared out, and who gets which rows
    chunk.py        what crosses, and in which form
    channel.py      the messages it crosses in
    worker.py       what runs in a worker
    nursery.py      where workers come from
"""
