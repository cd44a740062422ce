package org.dlora.api.admin.adapters;

import java.util.OptionalInt;
import org.dlora.cluster.catalogue.AdapterRoute;

/** A route and a shadow, as a client wants them. */
record WantedAlias(AdapterRoute route, OptionalInt shadow) {}
