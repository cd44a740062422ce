package org.dlora.api.admin;

import java.util.OptionalInt;
import org.dlora.cluster.catalogue.AdapterRoute;

/** What a client wants of an alias. */
record WantedAlias(AdapterRoute route, OptionalInt shadow) {}
