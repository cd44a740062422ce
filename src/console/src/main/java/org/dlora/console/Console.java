package org.dlora.console;

import org.dlora.console.access.AccessPages;
import org.dlora.console.account.AccountPages;
import org.dlora.console.adapters.AdaptersPages;
import org.dlora.console.capacity.CapacityPages;
import org.dlora.console.firstrun.FirstRunPages;
import org.dlora.console.journal.JournalPages;
import org.dlora.console.migrations.MigrationPages;
import org.dlora.console.overview.OverviewPages;
import org.dlora.console.page.PageConfiguration;
import org.dlora.console.playground.PlaygroundPages;
import org.dlora.console.replicas.ReplicaPages;
import org.dlora.console.requests.RequestPages;
import org.dlora.console.settings.SettingsPages;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The console: all of its pages. */
@Configuration(proxyBeanMethods = false)
@Import({
    AccessPages.class,
    AccountPages.class,
    AdaptersPages.class,
    CapacityPages.class,
    FirstRunPages.class,
    JournalPages.class,
    MigrationPages.class,
    OverviewPages.class,
    PageConfiguration.class,
    PlaygroundPages.class,
    ReplicaPages.class,
    RequestPages.class,
    SettingsPages.class
})
public class Console {}
