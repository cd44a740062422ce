/** Files and fakes that tests of several modules share; the product does not use them. */
@NullMarked
package org.dlora.testing;

import org.jspecify.annotations.NullMarked;
