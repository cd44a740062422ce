/**
 * The chat-template language: the subset of Jinja that Hugging Face chat templates use. It is
 * lexed, parsed and interpreted with Python's semantics, in a sandbox whose every resource is
 * bounded.
 *
 * <p>Nothing here knows about models, tokenizers or HTTP, and no value of a template can reach a
 * Java object: reflection and host callbacks must not enter this package.
 */
@NullMarked
package org.dlora.template;

import org.jspecify.annotations.NullMarked;
