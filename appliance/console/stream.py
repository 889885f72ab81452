"""One stream of server-sent events for all that a browser follows. The id of each event is a cursor: its place in every topic, from which
a later stream goes on, whatever happened in between to the client, the connection or the server."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable

from appliance.console.feeds import PIECE_BYTES, Feed, JobFeed, JobsFeed, MachineFeed, Place
from appliance.console.rights import Rights
from appliance.control_plane.api.answers import Answer, Receive, Scope, Send
from appliance.control_plane.api.routes import Action, Call, Route
from appliance.control_plane.api.services import Services
from appliance.control_plane.store.statements import value
from appliance.errors import ApplianceError, BadRequest, LimitReached, Overloaded

LOOK_S = 0.05
ALIVE_S = 15.0
PATIENCE_S = 30.0
"""For which a client may leave what it was sent unread before it is let go. It goes on from its cursor."""
MOST_STREAMS, MOST_TOPICS = 50, 100
"""Of one user; of one stream."""
STOPPING = "The server is stopping; try again in a moment."
_JOB = re.compile(r"job:([0-9a-f]{24})")
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)


class Follower:
    """One client and its place in each topic."""

    def __init__(self, call: Call, places: dict[str, Place]) -> None:
        self.call, self.places = call, places
        self.wake = asyncio.Event()
        self.ended = False
        self.told_at = call.services.clock.monotonic()

    def end(self) -> None:
        """Tell it nothing more."""
        self.ended = True
        self.wake.set()

    @property
    def cursor(self) -> str:
        """Its place in each topic that has places to go on from."""
        return ",".join(f"{topic}:{'.'.join(map(str, place))}" for topic, place in self.places.items() if place and topic != "machine")


class Hub:
    """All followers of a server, and the feeds that somebody follows. Looks after what is new only while somebody does."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.rights = Rights(services.store.read)
        self.feeds: dict[str, Feed] = {}
        self._followers: dict[Follower, None] = {}
        self._by_topic: Counter[str] = Counter()
        self._version: int = -1
        self._asked_at, self._asked_of = 0.0, -1
        self._looking: asyncio.Task[None] | None = None
        self._closed = False
        self._deserted = asyncio.Event()

    @staticmethod
    def of(services: Services) -> Hub:
        """The one of these services."""
        hub = services.rooms.get("stream") or services.rooms.setdefault("stream", Hub(services))
        assert isinstance(hub, Hub)
        return hub

    def feed(self, topic: str) -> Feed:
        """What a topic stands for. Raises BadRequest for no topic, NotFound for a job that is not there."""
        if (known := self.feeds.get(topic)) is not None:
            return known
        if topic == "jobs":
            return JobsFeed(self._services, self.rights)
        if topic == "machine":
            return MachineFeed(self._services)
        job = _JOB.fullmatch(topic)
        if job is None:
            raise BadRequest("A topic is `jobs`, `machine` or `job:` and the id of a job.")
        return JobFeed(job[1], self._services, self.rights)

    def check_room(self, call: Call) -> None:
        """Raises LimitReached for a user who follows too much already, Overloaded while the server stops."""
        if self._closed:
            raise Overloaded(STOPPING)
        if sum(follower.call.user.id == call.user.id for follower in self._followers) >= MOST_STREAMS:
            raise LimitReached(f"Maximum number of streams ({MOST_STREAMS}) reached; close one, or follow more topics on one stream.")

    def join(self, follower: Follower, feeds: dict[str, Feed]) -> None:
        """Begin to tell a follower what is new."""
        self._followers[follower] = None
        self._deserted.clear()
        for topic, feed in feeds.items():
            self.feeds.setdefault(topic, feed)
            self._by_topic[topic] += 1
        if self._closed:
            follower.end()
        elif self._looking is None:
            self._begin()

    def leave(self, follower: Follower) -> None:
        """Forget a follower, and the feeds that nobody follows any more."""
        self._followers.pop(follower, None)
        if not self._followers:
            self._deserted.set()
        self._by_topic -= Counter(dict.fromkeys(follower.places, 1))
        for topic in follower.places.keys() - self._by_topic.keys():
            self.feeds.pop(topic, None)

    def close(self) -> None:
        """End every stream now and begin no other."""
        self._closed = True
        for follower in self._followers:
            follower.end()

    def _begin(self) -> None:
        self._looking = asyncio.create_task(self._look_on(), name="stream")
        self._looking.add_done_callback(self._stopped_looking)

    async def _look_on(self) -> None:
        while self._followers:
            await self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._deserted.wait()

    def _stopped_looking(self, task: asyncio.Task[None]) -> None:
        """Nobody was left (somebody may have come since), or the database cannot be read: then the streams end."""
        self._looking = None
        if not task.cancelled() and task.exception() is not None:
            for follower in self._followers:
                follower.end()
        elif self._followers and not self._closed:
            self._begin()

    async def _look(self) -> None:
        """Wake those for whom there is something: news of a topic, a sign of life that is due, rights that may have changed."""
        now = self._services.clock.monotonic()
        version, before = value(self._services.store.read, "data_version", {}), self._version
        self._version = version
        second = now - self._asked_at >= 1.0
        if version != before or second:
            self.rights.forget()
        moved = {topic for topic, feed in list(self.feeds.items()) if await feed.look(version != before)}
        for follower in self._followers:
            alive = now - follower.told_at < ALIVE_S
            if not moved.isdisjoint(follower.places) or (second and (not alive or version != self._asked_of)):
                follower.wake.set()
        if second:
            self._asked_at, self._asked_of = now, version


class Stream(Answer):
    """The answer that goes on until the client leaves, loses its rights or does not read any more, or the server stops."""

    __slots__ = ("_feeds", "_follower", "_hub")

    def __init__(self, hub: Hub, follower: Follower, feeds: dict[str, Feed]) -> None:
        super().__init__(b"", 200, _HEADERS)
        self._hub, self._follower, self._feeds = hub, follower, feeds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the headers, then blocks of events as they come."""
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        if scope["method"] != "HEAD":  # type: ignore[typeddict-item]
            self._hub.join(self._follower, self._feeds)
            leaving = asyncio.create_task(_left(receive, self._follower.end))
            try:
                async for block in self._blocks():
                    async with asyncio.timeout(PATIENCE_S):
                        await send({"type": "http.response.body", "body": block, "more_body": True})
            except TimeoutError:
                return
            finally:
                leaving.cancel()
                self._hub.leave(self._follower)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _blocks(self) -> AsyncIterator[bytes]:
        """What the follower is told next: messages, or a sign of life. Ends when it may be told nothing more."""
        follower, clock = self._follower, self._follower.call.services.clock
        yield b": follows\n\n"
        while not follower.ended:
            follower.wake.clear()
            news = False
            try:
                async for block in self._round():
                    news, follower.told_at = True, clock.monotonic()
                    yield block
                if not news:
                    self._check()
                if not news and clock.monotonic() - follower.told_at >= ALIVE_S:
                    follower.told_at = clock.monotonic()
                    yield b": alive\n\n"
            except ApplianceError:
                return
            if not news:
                await follower.wake.wait()

    def _check(self) -> None:
        """Raises what the admission raises when the follower may not follow all of it any more."""
        self._hub.rights.check_user(self._follower.call)
        for topic in self._follower.places:
            self._hub.feeds[topic].admit(self._follower.call)

    async def _round(self) -> AsyncIterator[bytes]:
        """The next message of each topic, small ones together."""
        block = b""
        for topic in self._follower.places:
            block += await self._next(topic)
            if len(block) > PIECE_BYTES:
                yield block
                block = b""
        if block:
            yield block

    async def _next(self, topic: str) -> bytes:
        """The next message of a topic, if any, as an event whose id is the cursor after it. Raises what the admission raises."""
        follower = self._follower
        feed = self._hub.feeds[topic]
        news = await feed.news(follower.call, follower.places[topic])
        if news is None:
            return b""
        self._hub.rights.check_user(follower.call)
        feed.admit(follower.call)
        follower.places[topic] = news.place
        return b"id: %b\ndata: %b\n\n" % (follower.cursor.encode(), news.message) if news.message else b""


async def _left(receive: Receive, tell: Callable[[], None]) -> None:
    """Tells when the client is gone: sending tells nobody."""
    while (await receive())["type"] != "http.disconnect":
        pass
    tell()


async def follow(call: Call) -> Answer:
    """Events of the asked `topics` from the place in each that `after` or the Last-Event-ID header names; without one, of a job from its
    first event on, of `jobs` from now on. Raises NotFound for a job that the caller may not see, BadRequest, LimitReached."""
    hub = Hub.of(call.services)
    hub.check_room(call)
    topics = list(dict.fromkeys(call.query_list("topics")))
    if not 0 < len(topics) <= MOST_TOPICS:
        raise BadRequest(f"`topics` must name 1 to {MOST_TOPICS} topics.")
    feeds = {}
    for topic in topics:
        feeds[topic] = _feed(hub, call, topic)
    cursors = _places(call.query("after")) | _places(call.header(b"last-event-id"))
    places = {topic: feed.place_of(cursors.get(topic, "")) for topic, feed in feeds.items()}
    return Stream(hub, Follower(call, places), feeds)


def _feed(hub: Hub, call: Call, topic: str) -> Feed:
    """The feed of a topic that the caller may follow. A job of others is answered as one that is not there."""
    job = _JOB.fullmatch(topic)
    if job is not None:
        hub.rights.check_job(call, job[1])
    return hub.feed(topic)


def _places(cursor: str) -> dict[str, str]:
    """Topic → place, as a cursor holds them."""
    parts = (part.strip().rpartition(":") for part in cursor.split(",") if part)
    return {topic: place for topic, _, place in parts}


ROUTES = (
    Route(
        "GET",
        "/v1/appliance/stream",
        Action.PROJECT_LIST,
        follow,
        "What is followed, as server-sent events",
        query={
            "topics": "comma-separated: `job:` and the id of a job, `jobs`, `machine`",
            "after": "the id of the last event that was read, or TOPIC:PLACE of each topic, where a job's place is a byte as in its events",
        },
    ),
)
