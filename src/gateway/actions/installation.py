"""What every action works with: keys, the store, the clock, the site's policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from consent.policy import Policy
from gateway.actions.kept_answers import MOST, KeptAnswers
from gateway.actions.kept_rules import KeptRules
from gateway.actions.kept_weighings import KeptWeighings
from gateway.actions.supposing import Supposing
from gateway.audit.proving import Subtrees
from gateway.keys import Keys
from gateway.storage.reading import Reading
from gateway.storage.resources import Resources
from gateway.storage.sealing import DataKeys
from gateway.storage.writer import Writer
from mappings.wording import Wordings


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for. Times in seconds, sizes in bytes."""

    body: int = 16 * 1024 * 1024
    depth: int = 64
    entries: int = 5_000
    seconds: float = 10.0
    page: int = 50
    longest_page: int = 1_000
    requests_a_second: int | None = 2_000  # for each client; None: no limit
    kept_answers: int = MOST  # bytes of answers that may be given again; 0: none is kept


@dataclass(frozen=True, slots=True)
class Installation:
    """One running gateway. Clock and ids are injected, so that a test can give both.

    `reading` is where the database is read, `writer` where it is written; `recorder` takes what
    only leaves a row in the log. `portal` is the id of the organisation that the pages write as.
    """

    keys: Keys
    data_keys: DataKeys
    resources: Resources
    reading: Reading
    writer: Writer
    recorder: Writer
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    base_url: str
    policy: Policy
    limits: Limits
    portal: str
    kept_rules: KeptRules = field(default_factory=KeptRules)
    kept_answers: KeptAnswers = field(default_factory=KeptAnswers)
    kept_weighings: KeptWeighings = field(default_factory=KeptWeighings)
    subtrees: Subtrees = field(default_factory=Subtrees)
    wordings: Wordings = field(default_factory=dict)  # a site's licensed texts of questions
    supposing: Supposing | None = None  # for a preview: what somebody would have said
