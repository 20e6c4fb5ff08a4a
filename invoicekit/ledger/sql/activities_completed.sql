-- Incoming activities (incoming_activities) with what they come to: quantity times rate, rounded to the digits of the
-- matter's currency; time where nothing says what it is, and billable unless told otherwise.
select
    incoming.* replace (
        coalesce(incoming.kind, 'time') as kind,
        coalesce(incoming.billable, true) as billable,
        coalesce(incoming.rate, matters.rate) as rate,
        coalesce(
            rounded(incoming.amount, coalesce(matters.currency, $currency)),
            rounded(
                incoming.quantity::decimal(38, 6) * coalesce(incoming.rate, matters.rate), coalesce(matters.currency, $currency)
            )
        )::decimal(18, 4) as amount
    )
from incoming_activities as incoming
left join matters on matters.id = incoming.matter
