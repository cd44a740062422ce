package org.dlora.api.admin;

import java.util.OptionalInt;
import org.dlora.cluster.catalogue.AdapterRoute;

/** Route and shadow of an alias, as a client asks for them. */
record WantedAlias(AdapterRoute route, OptionalInt shadow) {}
