package org.dlora.console.migrations;

import org.dlora.console.page.LivePanel;
import org.dlora.console.replicas.ViewPanel;
import org.dlora.operate.Administration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Pages of moves between replicas. */
@Configuration(proxyBeanMethods = false)
@Import({MigrationPageController.class, MoveFormController.class})
public class MigrationPages {

    @Bean
    MigrationViews migrationViews(Administration administration) {
        return new MigrationViews(administration);
    }

    @Bean
    LivePanel migrationsPanel(MigrationViews views) {
        return new ViewPanel("migrations", "migrations", _ -> views.running());
    }
}
