/** Reception of adapters' files from clients, part by part as the connection gives them. */
@NullMarked
package org.dlora.api.uploads;

import org.jspecify.annotations.NullMarked;
