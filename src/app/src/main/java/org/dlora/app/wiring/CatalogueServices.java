package org.dlora.app.wiring;

import org.dlora.catalogue.MeasuredScheduling;
import org.dlora.catalogue.RuntimeAdapters;

/** The services that change the catalogue and the scheduling. */
record CatalogueServices(
        RestoredAdapters restored, RuntimeAdapters adapters, MeasuredScheduling scheduling) {}
