import { AbstractChat, DefaultChatTransport } from 'ai';

/** What `useChat` keeps in React's state, kept in a plain object: everything else is the AI SDK's own. */
class State {
  status = 'ready';
  error = undefined;
  messages;
  constructor(messages) {
    this.messages = messages;
  }
  pushMessage = message => {
    this.messages = [...this.messages, message];
  };
  popMessage = () => {
    this.messages = this.messages.slice(0, -1);
  };
  replaceMessage = (index, message) => {
    this.messages = [...this.messages.slice(0, index), structuredClone(message), ...this.messages.slice(index + 1)];
  };
  snapshot = thing => structuredClone(thing);
}

export class Chat extends AbstractChat {
  constructor({ id, messages = [], transport, ...rest }) {
    super({ id, transport, state: new State(messages), ...rest });
  }
}

/** A page that is open on a chat, as its documentation sets it up. */
export const page = ({ url, key }, { id, model = 'sim-slow-short', messages = [], headers = { authorization: `Bearer ${key}` }, ...rest }) =>
  new Chat({ id, messages, transport: new DefaultChatTransport({ api: `${url}/api/chat`, headers, body: { model } }), ...rest });

export const textOf = message => (message?.parts ?? []).filter(part => part.type === 'text').map(part => part.text).join('');

export const shown = chat => textOf(chat.lastMessage?.role === 'assistant' ? chat.lastMessage : undefined);
