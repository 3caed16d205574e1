"""The law, as a table: every ground of detention, what opens it, what closes it, who may do so, which exits it bars, how it is cited.

The rules in this package decide *whether* a ground is in force; what it bars, whose word it is and the sentence that people read come from here and
from nowhere else. `holdfast grounds` prints it. Grounds are the closed list of the contract; where one has several causes in law it has several rows,
told apart by `variant`. A query is the hub's own doubt, and has a row for each kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from holdfast_gate.model import Authority, Exit, Ground, QueryKind

#: The exits by which somebody is at liberty, or in other hands for good.
LIBERTY = frozenset({Exit.RELEASE, Exit.TEMPORARY_RELEASE, Exit.IMMIGRATION_TRANSFER, Exit.REMOVAL, Exit.EXTRADITION})
AT_LARGE = frozenset({Exit.RELEASE, Exit.TEMPORARY_RELEASE})

_BY_RESULT = "a result of a court on that offence that says something about custody, at a later hearing or in a newer share"
_BY_PEOPLE = "a resolution that two named people sign"


class Ask(StrEnum):
    """Whose telephone to ring about a ground: a deployment's directory of contacts says the number."""

    COURT = "court"
    PRISON = "prison"
    IMMIGRATION = "immigration"
    HUB = "hub"


#: An authority in the middle of a sentence.
WORDS: Mapping[Authority, str] = {
    Authority.COURT: "the court",
    Authority.CUSTODY: "the prison",
    Authority.IMMIGRATION: "immigration",
    Authority.HUB: "Holdfast",
}


class TemplateError(KeyError):
    """A template asks for a fact that its rule does not give: a defect of ours, never of the input."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Law:
    """One row. Read aloud: `title` is opened by `opens`, and closed only by `closes`, which is for `authority` to say; it bars `bars` (`source`).

    `template` is the sentence that people read, with the facts of the case in braces.
    """

    ground: Ground
    kind: QueryKind | None = None
    variant: str = ""
    title: str
    opens: str
    closes: str
    authority: Authority
    bars: frozenset[Exit] = LIBERTY
    source: str
    template: str
    ask: Ask

    @property
    def name(self) -> str:
        """As gates and people write it, with the variant: SENTENCE, QUERY/UNKNOWN_CODE, SENTENCE (indeterminate)."""
        name = f"{self.ground.value}/{self.kind.value}" if self.kind else self.ground.value
        return f"{name} ({self.variant})" if self.variant else name

    def sentence(self, facts: Mapping[str, str]) -> str:
        """The template with `facts` put in. Raises TemplateError."""
        try:
            return self.template.format_map(facts)
        except KeyError as error:
            message = f"the template of {self.name} asks for {error}"
            raise TemplateError(message) from error


_CITED = "by {court} on {day} in case {case}, offence {offence}"

TABLE: tuple[Law, ...] = (
    Law(
        ground=Ground.SENTENCE,
        title="A sentence that is not yet served",
        opens="a court's sentence of imprisonment, of detention, or to serve what was left of one",
        closes="the release date that the prison calculated and confirmed after the sentence arrives, in London; or " + _BY_RESULT,
        authority=Authority.COURT,
        source="Sentencing Act 2020, Part 10; Criminal Justice Act 2003, Part 12, Chapter 6 (release)",
        template="Sentence ({what}) passed " + _CITED + "; {release}; ends on the release date that the prison confirms.",
        ask=Ask.PRISON,
    ),
    Law(
        ground=Ground.SENTENCE,
        variant="activated",
        title="A suspended sentence that was activated",
        opens="a court's order that a suspended sentence takes effect",
        closes="as for any sentence: the confirmed release date; or " + _BY_RESULT,
        authority=Authority.COURT,
        source="Sentencing Act 2020, Schedule 16, paragraphs 13 and 14",
        template="Suspended sentence activated ({what}) " + _CITED + "; {release}; ends on the release date that the prison confirms.",
        ask=Ask.PRISON,
    ),
    Law(
        ground=Ground.SENTENCE,
        variant="indeterminate",
        title="A sentence without an automatic release date, and no direction to release",
        opens="a court's sentence of life, of detention at His Majesty's pleasure, or for public protection",
        closes="an approved release date that the prison confirms, since release was directed; or " + _BY_RESULT,
        authority=Authority.COURT,
        source="Crime (Sentences) Act 1997, section 28; Criminal Justice Act 2003, sections 225 to 226",
        template="Indeterminate sentence ({what}) passed " + _CITED + "; {release}; ends only when release is directed.",
        ask=Ask.PRISON,
    ),
    Law(
        ground=Ground.REMAND,
        title="Remanded in custody",
        opens="a court's remand in custody, to prison, to youth detention accommodation or to customs detention",
        closes=_BY_RESULT,
        authority=Authority.COURT,
        source="Bail Act 1976, section 4 and Schedule 1; Magistrates' Courts Act 1980, section 128",
        template="Remanded in custody " + _CITED + "; ends only by a result on that offence.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.REMAND_BAIL_CONDITIONS_UNMET,
        title="Bail was granted, and the conditions for release are not met",
        opens="a court's remand in custody with a bail direction",
        closes=_BY_RESULT + "; the prison's word that conditions are met does not end it",
        authority=Authority.COURT,
        source="Bail Act 1976, section 3(5) and (6): conditions to be met before release",
        template="In custody until conditions for release on bail are met, ordered " + _CITED + "; ends only by a result on that offence.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.COMMITTED_IN_CUSTODY,
        title="Sent or committed to another court in custody",
        opens="a court's committal, sending or transfer in custody",
        closes=_BY_RESULT,
        authority=Authority.COURT,
        source="Crime and Disorder Act 1998, sections 51 and 52; Sentencing Act 2020, sections 14 to 24",
        template="Sent to another court in custody " + _CITED + "; ends only by a result on that offence.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.CONVICTED_UNSENTENCED,
        title="Convicted and waiting for sentence in custody",
        opens="a court's remand or remittal in custody for an offence of which it has convicted",
        closes=_BY_RESULT,
        authority=Authority.COURT,
        source="Magistrates' Courts Act 1980, sections 10(3) and 30; Bail Act 1976, section 4(2) to (4)",
        template="Convicted and held for sentence " + _CITED + "; ends only by a result on that offence.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.BAIL_APPEAL_PENDING,
        title="Bail was granted, and the prosecutor appeals",
        opens="a court's record that the prosecutor has given notice of appeal against bail",
        closes=_BY_RESULT + " (also that the appeal was dismissed or withdrawn)",
        authority=Authority.COURT,
        source="Bail (Amendment) Act 1993, section 1(6) and (7)",
        template="Held because the prosecutor appeals against bail granted " + _CITED + "; ends only by a result on that offence.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.DEFAULT_IN_PAYMENT,
        title="A term to be served for not paying",
        opens="a court's warrant of commitment for a fine, a confiscation order or another sum",
        closes="the release date that the prison calculated and confirmed after it arrives, in London; or " + _BY_RESULT,
        authority=Authority.COURT,
        source="Magistrates' Courts Act 1980, sections 76 to 84; Proceeds of Crime Act 2002, section 38",
        template="Held for not paying ({what}) " + _CITED + "; {release}; ends on the confirmed release date, or by a result.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.CIVIL_COMMITTAL,
        title="Committed for contempt or on another civil matter",
        opens="a court's committal for contempt or on a civil matter",
        closes=_BY_RESULT + "; where a term was imposed also the release date that the prison calculated and confirmed after it",
        authority=Authority.COURT,
        source="Contempt of Court Act 1981, sections 12 and 14; Criminal Justice Act 2003, section 258",
        template="Committed on a civil matter ({what}) " + _CITED + "; {release}; ends on a confirmed release date, or by a result.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.HOSPITAL_ORDER,
        title="Hospital order, direction or remand",
        opens="a court's hospital order, limitation direction, restriction order or remand to hospital",
        closes=_BY_RESULT,
        authority=Authority.COURT,
        source="Mental Health Act 1983, sections 35 to 45B",
        template="Ordered to hospital ({what}) " + _CITED + "; ends only by a result on that offence.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.EXTRADITION,
        title="Extradition",
        opens="a court's order for extradition, or remand in extradition proceedings",
        closes=_BY_RESULT,
        authority=Authority.COURT,
        bars=LIBERTY - {Exit.EXTRADITION},
        source="Extradition Act 2003, Parts 1 and 2",
        template="Held for extradition ({what}) " + _CITED + "; ends only by a result in those proceedings.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.WARRANT_OUTSTANDING,
        title="A warrant for arrest without bail",
        opens="a court's warrant for arrest not backed for bail",
        closes=_BY_RESULT + ", or that the warrant is withdrawn",
        authority=Authority.COURT,
        source="Bail Act 1976, section 7; Magistrates' Courts Act 1980, sections 1 and 13",
        template="Warrant for arrest without bail issued " + _CITED + "; ends only by a result on that offence.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.RECALL,
        title="Recalled to prison",
        opens="custody's record of a recall, of whatever kind; or its reception or imprisonment status as recalled",
        closes="custody's deletion of the recall; or the release date after recall that custody confirmed after it",
        authority=Authority.CUSTODY,
        source="Criminal Justice Act 2003, sections 254 to 256AZB; Crime (Sentences) Act 1997, section 32",
        template="Recalled to prison{since} ({what}), booking {booking}; only the prison can end the recall.",
        ask=Ask.PRISON,
    ),
    Law(
        ground=Ground.NOT_FOR_RELEASE,
        title="Not for release",
        opens="a prison alert that says so",
        closes="custody's end of the alert",
        authority=Authority.CUSTODY,
        source="the prison's own alert XNR",
        template="The prison's alert '{what}' ({code}) is active; only the prison can end the alert.",
        ask=Ask.PRISON,
    ),
    Law(
        ground=Ground.POWER_TO_DETAIN,
        title="Referred to the Parole Board in place of automatic release",
        opens="a prison alert that the power to detain is used",
        closes="custody's end of the alert",
        authority=Authority.CUSTODY,
        source="Criminal Justice Act 2003, sections 244ZB and 244ZC",
        template="The prison's alert '{what}' ({code}) is active; only the prison can end the alert.",
        ask=Ask.PRISON,
    ),
    Law(
        ground=Ground.IMMIGRATION_DETENTION,
        title="Detained under immigration powers",
        opens="an immigration record of detention (IS91), or that somebody is in a removal centre",
        closes="a newer immigration record on the same matter that bails or is no longer interested; or its deletion",
        authority=Authority.IMMIGRATION,
        bars=AT_LARGE,
        source="Immigration Act 1971, Schedule 2, paragraph 16; Nationality, Immigration and Asylum Act 2002, section 62",
        template="{what}, by an immigration record of {day}; ends only by a newer immigration record on the same matter.",
        ask=Ask.IMMIGRATION,
    ),
    Law(
        ground=Ground.DEPORTATION,
        title="To be deported",
        opens="an immigration record of a deportation order or decision",
        closes="a newer immigration record on the same matter that bails or is no longer interested; or its deletion",
        authority=Authority.IMMIGRATION,
        bars=AT_LARGE,
        source="Immigration Act 1971, section 5 and Schedule 3, paragraph 2; UK Borders Act 2007, sections 32 and 36",
        template="{what}, by an immigration record of {day}; ends only by a newer immigration record on the same matter.",
        ask=Ask.IMMIGRATION,
    ),
    Law(
        ground=Ground.PLACED_BY_HAND,
        title="Placed by hand",
        opens="a named person with a warrant in the hand, in the name of an authority, while a feed is down",
        closes="two named people who end that hold",
        authority=Authority.HUB,
        source="the hub's own rule: a warrant binds on paper too",
        template="Held by hand for {what} (hold {hold_id}), because: {reason}; ends only when two named people end it.",
        ask=Ask.HUB,
    ),
    Law(
        ground=Ground.QUERY,
        kind=QueryKind.UNREADABLE_RECORD,
        title="A record that nobody could read",
        opens="a record that names somebody and could not be read",
        closes="the same record, published again and read; or " + _BY_PEOPLE,
        authority=Authority.HUB,
        source="law 4 of the design: nothing is lost and nothing is guessed",
        template="{text}.",
        ask=Ask.HUB,
    ),
    Law(
        ground=Ground.QUERY,
        kind=QueryKind.UNKNOWN_CODE,
        title="A code that no table has",
        opens="a result, an alert, a status or an immigration record with an unknown code",
        closes="a later word of the same authority on the same subject; or " + _BY_PEOPLE,
        authority=Authority.HUB,
        source="the gazetteer's rule: an unknown code is a question for a person, never no hold",
        template="{text}.",
        ask=Ask.HUB,
    ),
    Law(
        ground=Ground.QUERY,
        kind=QueryKind.IMPOSSIBLE_RESULT,
        title="A result that no court could have made",
        opens="a term above what the law allows for the kind of sentence, the offence or the court",
        closes="the court's correction on that offence; or " + _BY_PEOPLE,
        authority=Authority.HUB,
        source="Sentencing Act 2020, sections 224, 277 and 288; the statute of the offence",
        template="{text}.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.QUERY,
        kind=QueryKind.CONTRADICTION,
        title="Two things that cannot both be so",
        opens="one source, or two, saying what cannot both be so",
        closes="a later word on the same subject; or " + _BY_PEOPLE,
        authority=Authority.HUB,
        source="law 3 of the design: contradictions resolve towards custody",
        template="{text}.",
        ask=Ask.HUB,
    ),
    Law(
        ground=Ground.QUERY,
        kind=QueryKind.RESULT_VANISHED,
        title="A result that a later share dropped",
        opens="a re-share without a result that held, and without another on that offence",
        closes="a later result on that offence; or " + _BY_PEOPLE,
        authority=Authority.HUB,
        source="the design, court snapshots: what vanished without a successor is a query that holds",
        template="{text}.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.QUERY,
        kind=QueryKind.ENTERED_IN_ERROR,
        title="A result that says that another was an error",
        opens="a court's record that something was entered in error",
        closes="a later result on that offence; or " + _BY_PEOPLE,
        authority=Authority.HUB,
        source="CJS result code 4583: it does not say what it takes back",
        template="{text}.",
        ask=Ask.COURT,
    ),
    Law(
        ground=Ground.QUERY,
        kind=QueryKind.AMBIGUOUS_IDENTITY,
        title="A record that may be of several people",
        opens="identifiers, names or a birthday that lead to more than one person",
        closes="people who say whose it is, or custody's merge; or " + _BY_PEOPLE,
        authority=Authority.HUB,
        source="law 4 of the design: what cannot be matched to one person holds every candidate",
        template="{text}.",
        ask=Ask.HUB,
    ),
    Law(
        ground=Ground.QUERY,
        kind=QueryKind.ENRICHMENT_PENDING,
        title="A notice whose content is not known yet",
        opens="a record that says that something changed, and not what",
        closes="the answer of the system that knows; or " + _BY_PEOPLE,
        authority=Authority.HUB,
        source="law 4 of the design: nothing is guessed",
        template="{text}.",
        ask=Ask.HUB,
    ),
    Law(
        ground=Ground.QUERY,
        kind=QueryKind.IMPOSSIBLE_DATE,
        title="A date that cannot exist",
        opens="a record with a day or a time that cannot exist",
        closes="a later record on the same subject; or " + _BY_PEOPLE,
        authority=Authority.HUB,
        source="law 4 of the design: nothing is guessed",
        template="{text}.",
        ask=Ask.HUB,
    ),
)

_ROWS: Mapping[tuple[Ground, QueryKind | None, str], Law] = {(row.ground, row.kind, row.variant): row for row in TABLE}

#: Which exits each ground bars, before what an order lets through.
BARS: Mapping[Ground, frozenset[Exit]] = {row.ground: row.bars for row in TABLE if not row.variant}


def law(ground: Ground, kind: QueryKind | None = None, *, variant: str = "") -> Law:
    """The row of a ground, of a kind of query, or of a variant that a rule names. Raises KeyError for one that the table lacks."""
    return _ROWS[ground, kind, variant]
