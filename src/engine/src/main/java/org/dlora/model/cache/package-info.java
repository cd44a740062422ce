/**
 * Packed weights of base models in files, kept from one start to the next. The package knows no
 * models: it keeps the matrices that a device made of tensors.
 */
@NullMarked
package org.dlora.model.cache;

import org.jspecify.annotations.NullMarked;
