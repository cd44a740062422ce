package org.dlora.console.migrations;

import org.dlora.api.openai.Serving;
import org.dlora.console.page.LivePanel;
import org.dlora.console.replicas.ViewPanel;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Pages of moves between replicas. */
@Configuration(proxyBeanMethods = false)
@Import({MigrationPageController.class, MoveFormController.class})
public class MigrationPages {

    @Bean
    MigrationViews migrationViews(Serving serving) {
        return new MigrationViews(serving);
    }

    @Bean
    LivePanel migrationsPanel(MigrationViews views) {
        return new ViewPanel("migrations", "migrations", _ -> views.running());
    }
}
