/** Tokenizer of a model, and the stream that turns tokens into text. */
@NullMarked
package org.dlora.model.tokenizer;

import org.jspecify.annotations.NullMarked;
