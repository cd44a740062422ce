/** Checks of the settings at the start, and reports on a start that fails because of them. */
@NullMarked
package org.dlora.app.settings.check;

import org.jspecify.annotations.NullMarked;
