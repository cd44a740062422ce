/** Endpoints of adapters: details, versions, aliases, gates and residency. */
@NullMarked
package org.dlora.api.admin.adapters;

import org.jspecify.annotations.NullMarked;
