package org.dlora.api.admin;

import org.dlora.operate.cluster.MigrationCommands;
import org.dlora.operate.cluster.ReplicaCommands;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The administration's endpoints. While nothing is served they answer as those of {@link
 * org.dlora.api.openai.OpenAiApi} do.
 */
@Configuration(proxyBeanMethods = false)
@Import({
    AdapterBodies.class,
    AdapterChanges.class,
    ResidencyChanges.class,
    AcquisitionOrders.class,
    ReplicaCommands.class,
    MigrationCommands.class,
    SchedulingController.class,
    DispatchController.class,
    ResidencyController.class,
    AcquisitionController.class,
    AcquisitionJobsController.class,
    CatalogueController.class,
    ReplicasController.class,
    MigrationsController.class,
    RebalanceController.class,
    HistoryController.class,
    Replays.class,
    ReplayController.class,
    EventsController.class,
    ManifestController.class
})
public class AdminApi {}
