/**
 * One decoder-only base model: its folder, spec, tokenizer, chat format, packed weights and the one
 * {@link org.dlora.model.forward.Transformer} for the whole family. The package knows nothing of
 * requests, scheduling or adapters' names.
 */
@NullMarked
package org.dlora.model;

import org.jspecify.annotations.NullMarked;
