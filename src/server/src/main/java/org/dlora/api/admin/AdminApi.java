package org.dlora.api.admin;

import org.dlora.api.admin.acquisitions.AcquisitionController;
import org.dlora.api.admin.acquisitions.AcquisitionJobsController;
import org.dlora.api.admin.adapters.AdapterBodies;
import org.dlora.api.admin.adapters.CatalogueController;
import org.dlora.api.admin.adapters.ResidencyController;
import org.dlora.api.admin.cluster.DispatchController;
import org.dlora.api.admin.cluster.MigrationsController;
import org.dlora.api.admin.cluster.RebalanceController;
import org.dlora.api.admin.cluster.ReplicasController;
import org.dlora.api.admin.cluster.SchedulingController;
import org.dlora.api.admin.history.EventsController;
import org.dlora.api.admin.history.HistoryController;
import org.dlora.api.admin.history.ReplayController;
import org.dlora.api.admin.manifest.ManifestController;
import org.dlora.api.uploads.UploadReceiver;
import org.dlora.catalogue.history.History;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.adapters.AcquisitionCommands;
import org.dlora.operate.adapters.ResidencyCommands;
import org.dlora.operate.adapters.TeamQuota;
import org.dlora.operate.cluster.MigrationCommands;
import org.dlora.operate.cluster.ReplicaCommands;
import org.dlora.operate.history.ReplayCommands;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The administration's endpoints. While nothing is served they answer as those of {@link
 * org.dlora.api.openai.OpenAiApi} do.
 */
@Configuration(proxyBeanMethods = false)
@Import({
    AdapterBodies.class,
    UploadReceiver.class,
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
    ReplayController.class,
    EventsController.class,
    ManifestController.class
})
public class AdminApi {

    @Bean
    AcquisitionCommands acquisitionCommands(
            Administration administration, ClusterEvents events, ObjectProvider<TeamQuota> quota) {
        return new AcquisitionCommands(
                administration, events, quota.getIfAvailable(() -> TeamQuota.NONE));
    }

    @Bean
    ReplayCommands replayCommands(
            Administration administration,
            ObjectProvider<History> histories,
            ClusterEvents events) {
        return new ReplayCommands(administration, histories::getIfAvailable, events);
    }

    @Bean
    ResidencyCommands residencyCommands(
            Administration administration, ClusterEvents events, ObjectProvider<TeamQuota> quota) {
        return new ResidencyCommands(
                administration, events, quota.getIfAvailable(() -> TeamQuota.NONE));
    }
}
