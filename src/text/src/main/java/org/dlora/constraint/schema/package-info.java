/**
 * JSON schemas as grammars of the documents that are valid. What cannot be enforced is refused by
 * name.
 */
@NullMarked
package org.dlora.constraint.schema;

import org.jspecify.annotations.NullMarked;
