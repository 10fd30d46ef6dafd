-- Texts that agents answer with, with places for what differs. `title_key` is the title's plain form, to sort by.
CREATE TABLE canned_replies (
    id BLOB PRIMARY KEY,
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    text TEXT NOT NULL,
    locale TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_by BLOB NOT NULL REFERENCES accounts (id),
    updated_by BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX canned_replies_order ON canned_replies (title_key, id);
CREATE INDEX canned_replies_locale ON canned_replies (locale, title_key, id);

-- The tags of a reply, each with what the list is ordered by.
CREATE TABLE canned_reply_tags (
    tag TEXT NOT NULL,
    title_key TEXT NOT NULL,
    canned_reply_id BLOB NOT NULL REFERENCES canned_replies (id),
    locale TEXT NOT NULL,
    PRIMARY KEY (tag, canned_reply_id)
) STRICT;
CREATE INDEX canned_reply_tags_order ON canned_reply_tags (tag, title_key, canned_reply_id);
CREATE INDEX canned_reply_tags_reply ON canned_reply_tags (canned_reply_id);
