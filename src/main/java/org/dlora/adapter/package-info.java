/**
 * PEFT adapters: a folder becomes a validated, content-hashed {@link org.dlora.adapter.Adapter},
 * and that its weights on a device. All or nothing: what is not understood is refused by name.
 */
@NullMarked
package org.dlora.adapter;

import org.jspecify.annotations.NullMarked;
