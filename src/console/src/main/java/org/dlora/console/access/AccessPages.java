package org.dlora.console.access;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Pages of keys, teams, users, the audit and the usage, for administrators. */
@Configuration(proxyBeanMethods = false)
@Import({
    KeysPage.class,
    KeyForms.class,
    TeamsPage.class,
    UsersPage.class,
    AuditPage.class,
    UsagePage.class
})
public class AccessPages {}
