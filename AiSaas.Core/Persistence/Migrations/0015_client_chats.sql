-- Chats of the AI SDK's useChat: the client names chats and messages by ids of its own, which are no UUIDs of ours.
-- They say nothing outside the person's own chats: each lookup names tenant, user and, for a message, its conversation.
alter table conversations add column external_id text check (length(external_id) between 1 and 200);
create unique index conversations_of_clients on conversations (tenant_id, user_id, external_id) where external_id is not null;

-- Not unique: an edited message keeps its client's id, and the newest one is meant.
alter table messages add column external_id text check (length(external_id) between 1 and 200);
create index messages_of_clients on messages (tenant_id, conversation_id, external_id) where external_id is not null;
