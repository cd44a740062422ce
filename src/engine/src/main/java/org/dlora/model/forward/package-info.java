/** Forward pass of a decoder, with the LoRA groups of a step. */
@NullMarked
package org.dlora.model.forward;

import org.jspecify.annotations.NullMarked;
