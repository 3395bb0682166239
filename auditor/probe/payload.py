"""The body of aiohttp's answers, read as it comes; what came before it broke off counts."""

from aiohttp import StreamReader

from auditor.probe.client import Traffic


class Payload:
    """Reads a body in the pieces in which it comes, and counts its bytes."""

    __slots__ = ("_content", "_traffic")

    def __init__(self, content: StreamReader, traffic: Traffic) -> None:
        self._content = content
        self._traffic = traffic

    async def read(self) -> bytes:
        """Some bytes, or none at the end. Raises whatever broke the body off, once all that came before is read."""
        content = self._content
        error = content.exception()
        data = await _some(content) if error is None else _before(content, error)
        self._traffic.bytes += len(data)
        return data

    @property
    def ended(self) -> bool:
        """Whether everything is read."""
        return self._content.at_eof()


async def _some(content: StreamReader) -> bytes:
    """What is there, or the next to come.

    The reader's own `readany` would wait on where the end of a chunk wakes it and the same packet breaks the body off.
    """
    try:
        data, at_end_of_chunk = await content.readchunk()
        while at_end_of_chunk and not data:
            data, at_end_of_chunk = await content.readchunk()
    except Exception as error:
        if content.exception() is None:
            raise
        return _before(content, error)  # not with what the reader has now: the first fault says more than those after
    return data + content.read_nowait() if at_end_of_chunk else data


def _before(content: StreamReader, error: BaseException) -> bytes:
    """What came before an error and wasn't read yet; raises the error if that is nothing.

    Whether a reader was quick enough to see those bytes is chance, and a finding must not depend on it.
    """
    content.set_exception(None)  # type: ignore[arg-type]  # otherwise it gives nothing out any more
    try:
        data = content.read_nowait()
    finally:
        content.set_exception(error)
    if not data:
        raise error
    return data
