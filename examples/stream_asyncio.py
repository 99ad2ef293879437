"""Stream two tunes side by side in an event loop, bar by bar as they are written.

python stream_asyncio.py
"""

import asyncio
from collections.abc import AsyncIterator

import abcrun


async def pieces(stream: abcrun.Stream) -> AsyncIterator[str]:
    """Yield the text of a stream; the event loop is free while the network computes."""
    while text := await asyncio.to_thread(next, stream, ""):
        yield text


async def compose(model: abcrun.Model, seed: int) -> str:
    """Compose one tune, and return its text."""
    text = ""
    async for piece in pieces(model.stream(seed=seed, max_chars=300)):
        text += piece  # an app would send each piece to its client here
    return text


async def main() -> None:
    with abcrun.Model.load() as model:
        # A model holds no state: any number of streams may share it.
        for text in await asyncio.gather(compose(model, 1), compose(model, 2)):
            print(text.strip(), end="\n\n")


if __name__ == "__main__":
    asyncio.run(main())
