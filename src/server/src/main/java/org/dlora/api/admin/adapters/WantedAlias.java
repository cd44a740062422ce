package org.dlora.api.admin.adapters;

import java.util.OptionalInt;
import org.dlora.catalogue.versions.AliasRoute;

/** A route and a shadow, as a client wants them. */
record WantedAlias(AliasRoute route, OptionalInt shadow) {}
