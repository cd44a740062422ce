/** Filters and tests of templates, by name. */
@NullMarked
package org.dlora.template.filter;

import org.jspecify.annotations.NullMarked;
