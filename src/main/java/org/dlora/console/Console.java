package org.dlora.console;

import org.dlora.console.account.AccountPages;
import org.dlora.console.journal.JournalPages;
import org.dlora.console.overview.OverviewPages;
import org.dlora.console.page.PageConfiguration;
import org.dlora.console.replicas.ReplicaPages;
import org.dlora.console.requests.RequestPages;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The console: all of its pages. */
@Configuration(proxyBeanMethods = false)
@Import({
    PageConfiguration.class,
    AccountPages.class,
    OverviewPages.class,
    ReplicaPages.class,
    RequestPages.class,
    JournalPages.class
})
public class Console {}
