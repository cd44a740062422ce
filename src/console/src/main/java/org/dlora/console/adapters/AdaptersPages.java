package org.dlora.console.adapters;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Pages of the adapters. */
@Configuration(proxyBeanMethods = false)
@Import({
    AdapterRates.class,
    AdapterListing.class,
    AdaptersPageController.class,
    AdaptersPanel.class,
    AdapterController.class,
    AdapterPanel.class,
    AdapterUsage.class,
    AdapterForms.class,
    VersionForms.class,
    AliasForms.class,
    GateForms.class,
    RemovalController.class,
    VersionDiffController.class,
    AcquisitionPageController.class,
    AcquisitionPanel.class
})
public class AdaptersPages {}
