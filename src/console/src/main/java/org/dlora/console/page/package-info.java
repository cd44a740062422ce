/**
 * Parts that all pages share: the renderer, forms, figures, and panels that are rendered anew while
 * a page is open.
 */
@NullMarked
package org.dlora.console.page;

import org.jspecify.annotations.NullMarked;
