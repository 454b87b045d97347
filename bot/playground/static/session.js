// Who one is and where, what the workspace looked like last, and what of it was seen.

const asked = new URLSearchParams(location.search);
const own = `${asked.get("seat") ?? "alone"} `; // frames of one page share what the session keeps

export function place() {
  const [channel, ts] = location.hash.slice(1).split("/");
  return { here: channel || "C0DEV", target: ts ?? null };
}

// `state` is what /play/state gives; `names` maps people, channels and user groups by their IDs.
export const session = {
  me: asked.get("as") ?? sessionStorage.getItem(`${own}me`) ?? asked.get("first") ?? "U0DEV",
  ...place(),
  tab: "messages",
  thread: null,
  state: null,
  names: { people: {}, channels: {}, groups: {} },
};
rememberMe();

export function rememberMe() {
  sessionStorage.setItem(`${own}me`, session.me);
}

const read = JSON.parse(sessionStorage.getItem(`${own}read`) ?? "{}");

export function take(state) {
  if (session.state && session.state.workspace !== state.workspace) location.reload(); // begun anew in another folder
  session.state = state;
  if (!state.channels.some((channel) => channel.id === session.here)) session.here = "C0DEV";
  session.names = {
    people: Object.fromEntries(state.people.map((person) => [person.id, person.name])),
    channels: Object.fromEntries(state.channels.map((channel) => [channel.id, channel.name])),
    groups: state.groups,
  };
  read[session.me] ??= {};
  read[session.me][session.here] = state.latest[session.me]?.[session.here] ?? "0";
  sessionStorage.setItem(`${own}read`, JSON.stringify(read));
}

export const channelHere = () => session.state.channels.find((channel) => channel.id === session.here);

// Whether the bot said something there that this person has not seen on this page.
export const news = (person, channel) =>
  Number(session.state.latest[person]?.[channel] ?? 0) > Number(read[person]?.[channel] ?? 0);
