/**
 * PEFT adapters. A folder becomes a validated, content-hashed {@link
 * org.dlora.adapter.content.Adapter}, and the adapter becomes weights on a device. Loading is all
 * or nothing: a field or tensor that is not understood is refused by name.
 */
@NullMarked
package org.dlora.adapter;

import org.jspecify.annotations.NullMarked;
