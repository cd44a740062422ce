/**
 * Packed weights of base models in files, from one start to the next. Nothing here knows what a
 * model is: it keeps the matrices that a device made of tensors.
 */
@NullMarked
package org.dlora.model.cache;

import org.jspecify.annotations.NullMarked;
