-- Texts that agents answer with, with places for what differs. `title_key` is the title's plain form, to sort by.
CREATE TABLE canned_replies (
    id uuid PRIMARY KEY,
    title text NOT NULL,
    title_key text COLLATE "C" NOT NULL,
    text text NOT NULL,
    locale text NOT NULL,
    tags jsonb NOT NULL,
    created_by uuid NOT NULL REFERENCES accounts (id),
    updated_by uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX canned_replies_order ON canned_replies (title_key, id);
CREATE INDEX canned_replies_locale ON canned_replies (locale, title_key, id);

-- The tags of a reply, each with what the list is ordered by.
CREATE TABLE canned_reply_tags (
    tag text COLLATE "C" NOT NULL,
    title_key text COLLATE "C" NOT NULL,
    canned_reply_id uuid NOT NULL REFERENCES canned_replies (id),
    locale text NOT NULL,
    PRIMARY KEY (tag, canned_reply_id)
);
CREATE INDEX canned_reply_tags_order ON canned_reply_tags (tag, title_key, canned_reply_id);
CREATE INDEX canned_reply_tags_reply ON canned_reply_tags (canned_reply_id);
