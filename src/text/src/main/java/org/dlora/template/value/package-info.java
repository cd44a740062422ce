/** Values of templates with Python's semantics: their types, printed forms, equality and calls. */
@NullMarked
package org.dlora.template.value;

import org.jspecify.annotations.NullMarked;
