package org.dlora.console.firstrun;

import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The page of first steps. */
@Configuration(proxyBeanMethods = false)
@Import(FirstRunController.class)
public class FirstRunPages {

    @Bean
    DemoTraffic demoTraffic(Administration administration, ClusterEvents events) {
        return new DemoTraffic(administration, events);
    }

    @Bean
    LivePanel demoPanel(DemoTraffic traffic) {
        return new DemoPanel("demo-traffic", traffic);
    }
}
