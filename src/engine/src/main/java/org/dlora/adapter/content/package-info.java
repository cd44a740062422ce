/** An adapter as validated: its tensors by module, its content hash and its shape. */
@NullMarked
package org.dlora.adapter.content;

import org.jspecify.annotations.NullMarked;
