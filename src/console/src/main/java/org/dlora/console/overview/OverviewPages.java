package org.dlora.console.overview;

import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.samples.ClusterSamples;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The first page of the console. It needs a {@link ClusterSamples}. */
@Configuration(proxyBeanMethods = false)
@Import({OverviewController.class, FirstUse.class})
public class OverviewPages {

    @Bean
    Overview overview(
            Administration administration,
            ClusterSamples samples,
            @Qualifier("demoPanel") LivePanel demo,
            ClusterEvents events) {
        return new Overview(administration, samples, demo, events);
    }

    @Bean
    LivePanel overviewTotals(Overview overview) {
        return new OverviewPanel("overview-totals", overview::totals);
    }

    @Bean
    LivePanel overviewTimeline(Overview overview) {
        return new OverviewPanel("overview-timeline", overview::picture);
    }

    @Bean
    LivePanel overviewCards(Overview overview) {
        return new OverviewPanel("overview-cards", overview::cards);
    }
}
