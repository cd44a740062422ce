package org.dlora.console.replicas;

import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Pages of the replicas. */
@Configuration(proxyBeanMethods = false)
@Import({ReplicaPageController.class, ReplicaChangeController.class})
public class ReplicaPages {

    @Bean
    ReplicaViews replicaViews(Administration administration) {
        return new ReplicaViews(administration);
    }

    @Bean
    LivePanel replicasPanel(ReplicaViews views) {
        return new ViewPanel("replicas", "replicas", _ -> views.all());
    }

    @Bean
    LivePanel replicaStatePanel(ReplicaViews views) {
        return new ViewPanel("replica-state", "replica", views::state);
    }

    @Bean
    LivePanel replicaAdaptersPanel(ReplicaViews views) {
        return new ViewPanel("replica-adapters", "replica", views::adapters);
    }

    @Bean
    LivePanel replicaRequestsPanel(ReplicaViews views) {
        return new ViewPanel("replica-requests", "replica", views::requests);
    }

    @Bean
    LivePanel replicaStepsPanel(ReplicaViews views) {
        return new ViewPanel("replica-steps", "replica", views::steps);
    }
}
