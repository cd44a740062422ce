/**
 * One decoder-only base model: its folder, spec, tokenizer, chat format, packed weights and the one
 * {@link org.dlora.model.Transformer} for the whole family. Knows nothing of adapters by name,
 * requests or scheduling.
 */
@NullMarked
package org.dlora.model;

import org.jspecify.annotations.NullMarked;
