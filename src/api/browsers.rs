//! Which browsers are supported, over HTTP.
