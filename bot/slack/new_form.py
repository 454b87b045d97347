"""The form to ask for a removal in: a host, images with search, force, and a reason. It makes a command like any typed.

What is chosen in a form is not told while somebody searches in another of its selects (slackapi/bolt-js#1146), so the
host is carried along, and the form is shown anew when another is chosen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.command.grammar import NotUnderstood, Remove, parse, render
from bot.command.offers import Offer
from bot.command.words import LIMIT
from bot.flows.answers import FormKind, NewForm
from bot.flows.choose import Choosing
from bot.flows.hosts_of import together
from bot.flows.ports import Button, ReplyTo
from bot.slack import limits
from bot.slack.blocks import Block, section
from bot.slack.inputs import carried, entries, modal, option, plain_text, text_input, where
from bot.slack.mrkdwn import count, cut, escape, size

HOST, IMAGES, OPTIONS, REASON = "host", "images", "options", "text"
"""The inputs, by block ID. That of the images has the host's place behind it: another host, and nothing is chosen."""
FORCE = "force"
ALSO = "also"
"""The other hosts and groups, by block and action ID."""
TOO_MUCH = NotUnderstood(message="That is too much for one request.", hint="Choose fewer, or a list of them.")
REASON_MOST = LIMIT // 2
MOST = 100
"""Images that are chosen one by one."""


def view(form: NewForm, reply_to: ReplyTo) -> Block | None:
    """Return the form as Slack takes it."""
    made = list(_blocks(form))
    title, submit = "Remove images", "Make the plan"
    return modal(FormKind.NEW.value, title, made, carries=where(reply_to, form.host), submit=submit, close="Cancel")


def _blocks(form: NewForm) -> Iterator[Block]:
    hosts = [host for host in form.hosts if 0 < len(host) <= limits.OPTION_VALUE]
    several = len(hosts) > 1 and form.host in hosts
    yield _host(form.host, hosts) if several else section(f"On *{escape(form.host)}*")
    if several:
        yield _also(form, hosts)
    yield _images(form)
    force = option("Force", FORCE, "removes what several names or stopped containers keep")
    element: Block = {"type": "checkboxes", "action_id": FORCE, "options": [force]}
    if form.force:
        element["initial_options"] = [force]
    yield {
        "type": "input",
        "block_id": OPTIONS,
        "optional": True,
        "label": plain_text("Options"),
        "element": element,
    }
    hint = plain_text("Those who approve read it, such as: OPS-123 disk full")
    begun = cut(form.reason, REASON_MOST)
    yield text_input(REASON, "Reason", most=REASON_MOST, optional=True, multiline=True, initial_value=begun, hint=hint)


def _host(chosen: str, hosts: Sequence[str]) -> Block:
    """Return the choice of a host. Choosing shows the form anew, with that host's images."""
    element: Block = {"action_id": Button.HOST.value, "initial_option": option(chosen, chosen)}
    if len(hosts) > limits.SELECT:
        element |= {"type": "external_select", "min_query_length": 0}
    else:
        element |= {"type": "static_select", "options": [option(host, host) for host in hosts]}
    return {
        "type": "input",
        "block_id": HOST,
        "dispatch_action": True,
        "label": plain_text("Host"),
        "element": element,
    }


def _also(form: NewForm, hosts: Sequence[str]) -> Block:
    """Return the choice of other hosts and groups, as many as a select takes, for one request for all of them."""
    words = [word for word in dict.fromkeys([*form.also, *form.groups, *hosts]) if len(word) <= limits.OPTION_VALUE]
    chosen = [option(word, word) for word in form.also if word in words[: limits.SELECT]]
    element: Block = {
        "type": "multi_static_select",
        "action_id": ALSO,
        "placeholder": plain_text("Hosts, groups, or all"),
        "options": [option(word, word) for word in words[: limits.SELECT]],
    }
    return {
        "type": "input",
        "block_id": ALSO,
        "optional": True,
        "label": plain_text("Also on"),
        "hint": plain_text("One request, and one decision, with a plan for each host."),
        "element": element | ({"initial_options": chosen} if chosen else {}),
    }


def _images(form: NewForm) -> Block:
    element: Block = {
        "type": "multi_external_select",
        "action_id": IMAGES,
        "min_query_length": 0,
        "placeholder": plain_text("Part of a name, ID, or pattern"),
        "max_selected_items": MOST,
    }
    if chosen := options(form.images):
        element["initial_options"] = chosen
    return {
        "type": "input",
        "block_id": f"{IMAGES}-{form.hosts.index(form.host)}",
        "label": plain_text("Images"),
        "hint": plain_text("Nothing is removed yet: you see the plan, and somebody approves it."),
        "element": element,
    }


def options(offers: Sequence[Offer]) -> list[Block]:
    """Return what can be chosen: names first, with sizes. What is too long to be carried has to be typed."""
    return [
        option(offer.label, offer.typed, _beside(offer))
        for offer in offers
        if 0 < len(offer.typed) <= limits.OPTION_VALUE
    ]


def _beside(offer: Offer) -> str:
    if offer.images > 1:
        return count(offer.images, "image")
    known = [size(offer.size)] if offer.size is not None else []
    return " · ".join([*known, *([offer.id] if offer.id and offer.id != offer.label else [])])


def searched(payload: Mapping[str, object]) -> tuple[str, str, str]:
    """Return what is searched: the select's action ID, the host that the form is about, and the letters typed."""
    shown = payload.get("view")
    metadata = shown.get("private_metadata", "") if isinstance(shown, Mapping) else ""
    return str(payload.get("action_id", "")), carried(str(metadata)).value, str(payload.get("value") or "")


def offers(choosing: Choosing, payload: Mapping[str, object]) -> list[Block]:
    """Return what can be chosen by the letters that somebody typed: images of the form's host, or hosts."""
    name, host, letters = searched(payload)
    if name == Button.HOST:
        return [option(each, each) for each in choosing.hosts(letters) if len(each) <= limits.OPTION_VALUE]
    return options(choosing.images(host, letters)) if name == IMAGES else []


def typed(view: Mapping[str, object]) -> str:
    """Return the command that a form was filled in as; empty where it is none, which was said in the form."""
    command = _command(view)
    return "" if isinstance(command, NotUnderstood) else render(command)


def faults(view: Mapping[str, object]) -> dict[str, str]:
    """Return what is wrong with the form, by the block that it stands at."""
    command = _command(view)
    if not isinstance(command, NotUnderstood):
        return {}
    return {_block_of_images(view): f"{command.message} {command.hint}".strip()}


def _command(view: Mapping[str, object]) -> Remove | NotUnderstood:
    state = view.get("state")
    found = list(entries(state if isinstance(state, Mapping) else {}))
    images = [value for _, name, value in found if name == IMAGES]
    reason = next((value for _, name, value in found if name == REASON), "")
    host = next((value for _, name, value in found if name == Button.HOST), "")
    text = " ".join(["rm", *images])
    if len(text) > LIMIT:
        return TOO_MUCH
    command = parse(text)
    if not isinstance(command, Remove):
        return command if isinstance(command, NotUnderstood) else NotUnderstood(message="Nothing is chosen yet.")
    host = host or carried(str(view.get("private_metadata", ""))).value
    also = [value for _, name, value in found if name == ALSO]
    host = together([host, *also]) if also else host
    force = any(name == FORCE for _, name, _ in found)
    made = replace(command, host=host or None, force=force, reason=" ".join(reason.split()))
    return TOO_MUCH if len(render(made)) > LIMIT else made


def _block_of_images(view: Mapping[str, object]) -> str:
    blocks = view.get("blocks")
    names = [str(block.get("block_id", "")) for block in blocks] if isinstance(blocks, list) else []
    return next((name for name in names if name.startswith(IMAGES)), IMAGES)
