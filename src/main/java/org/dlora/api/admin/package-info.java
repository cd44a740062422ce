/** What an operator reads and changes while the server runs, as JSON. */
@NullMarked
package org.dlora.api.admin;

import org.jspecify.annotations.NullMarked;
