"""What the people of the sample workspace wrote and photographed, job by job, as a script.

`== date time | town | who | title` begins a job. `-- n time` goes on n days later, `@time` the
same day. `who: text` is a chat message. A line that begins with two spaces continues the last.
`who > scene, scene=reading, scene*3` is a burst of photos; after a scene, `^` asks for 12
megapixels, `.png` and `.webp` for that format, `!404` for a full image that is missing, `#a`
names the photo, and `again#a` sends the same bytes at another address. `~location` is a message
of a kind that the documentation does not know.
"""

from typing import Final

HEATING: Final = """
== 2025-11-14 08:41 | bristol | gareth | Boiler service and no hot water, 22 Alder Row
gareth: On site. Tenant says no hot water since Sunday night, heating comes and goes.
gareth > boiler=F22, boiler=F22, gauge=0.4 bar#low, plate=Serial 24C-0917-44821
gareth: Pressure was down at 0.4 bar, F22 on the display. Topped up to 1.4 to get it running. Data
  plate above for the file.
nadia: Thanks Gareth. Any sign of where it is going? The landlord wants a cause on the record, not
  only a top-up.
gareth > pipes, leak, leak, leak
gareth: Found it. Weep on the compression joint under the filling loop, green all round it so it
  has been going a while. Photos taken before I touch it.
gareth: Isolated and drained down. Remade the joint with two new olives, leaving it an hour under
  pressure.
@11:52
gareth > pipes, gauge=1.4 bar, boiler=1.4
gareth: One hour on, still 1.4 bar. 52 degrees at the kitchen tap after 40 seconds.
-- 3 09:12
tom: Back to balance the radiators as the rear bedroom never got warm.
tom > radiator, radiator, gauge=1.5 bar!404, stat=19.5
tom: Lockshield on the hall one was wide open. Quarter turn now, rear bedroom 46 in, 35 out.
nadia: Lovely. Sending the landlord the report. Close it please.

== 2025-10-06 09:05 | bath | gareth | Cylinder swap, Marlowe Cottage
gareth: Old copper cylinder out today, 210 litre unvented going in.
gareth > cylinder, cylinder, pipes, floor
gareth: Floor under it is sound. I lifted two boards to check the joists before we put 260 kg on
  them.
jo > parts, parts
jo: All the fittings out on the dust sheet, tell me if I missed anything 🙏
gareth: You need a 22 mm tee and the discharge tundish. The rest is right.
nadia: Merchant has the tundish, Jo to collect before 2.
-- 1 08:20
gareth > cylinder, pipes*2, gauge=2.8 bar
gareth: Filled. Expansion vessel charged to 3.0, working pressure 2.8 bar at the group. Discharge
  runs to the gully at the back with continuous fall.
gareth > stat=20.5
gareth: Benchmark filled in and left with Mrs Marlowe with the blue folder. G3 notification is in.

== 2025-08-19 08:30 | keynsham | gareth | Underfloor heating not balancing, The Old Dairy barn
gareth: Loop 4 is stone cold, the other six are fine. Customer had another firm here in June.
gareth > manifold=L4 stuck, manifold=L4 stuck, stat=16.5, gauge=1.2 bar
gareth: Actuator lifts, but the pin under it does not. Tapped it with the spanner handle and it
  came up slowly.
tom: Same as at the school. Was the system ever flushed?
gareth: No inhibitor in it at all, test strip is white. Power flush quoted at the visit, she says
  go ahead.
-- 2 08:15
gareth > pipes, parts, manifold=balanced|2.0 l/min
gareth: Flushed each loop to clear, 35 litres of black water out of loop 4 alone. Dosed with 1 litre
  of inhibitor.
gareth > manifold=flow 40°|return 33°, stat=21.0
gareth: All seven at 2.0 litres a minute, 40 out and 33 back. Leaving the pump on 2.
nadia: Paid in full this morning, and a nice note with it.

== 2025-06-03 10:10 | clevedon | tom | Annual service, 3 Pier Close
tom > boiler=58°
tom: Serviced, all in range. CO/CO2 ratio 0.0008, inlet 20.4 mbar standing, 19.1 working.

== 2025-03-18 08:55 | bristol | gareth | Flue clearance query, flat 5 Dray House
gareth: Upstairs neighbour says fumes come in at her window. Measuring up.
gareth > flue, flue, flue^, window
gareth: 285 mm from the terminal to the opening window above it. Needs 300 for this one. It was
  fitted before the window was changed from fixed to opening.
nadia: So not our fault but still our boiler. What are the options?
gareth: A plume kit turns the outlet 90 degrees and takes it 700 mm along the wall. Two hours and no
  new hole.
nadia: Managing agent agrees. Booked Thursday.
-- 2 09:40
gareth > flue, boiler=1.4
gareth: Plume kit on, 960 mm clear now. Ran it on max for ten minutes with the window open and the
  analyser on the sill: 0 ppm.

== 2024-12-09 07:50 | bristol | gareth | No heating, two small children, 61 Coronation Hill
nadia: Emergency, they have had no heat since yesterday lunch. Baby of five months.
gareth: Five minutes away.
gareth > boiler=E133, cupboard=009931
gareth: E133, no gas. Meter is fine, it is a prepay with nothing on it. She has topped up now and it
  lit first time.
gareth: Checked pressure while here, 1.2 bar. No charge from me for this one.
nadia: Agreed. Good lad.

== 2024-10-21 08:35 | bath | tom | Radiator moved for new kitchen, 9 Lansdown Mews
tom > radiator, floor, pipes
tom: Radiator comes off the party wall and goes under the window. Pipe run is 3.2 m below the
  boards.
tom > floor, radiator, window
tom: Tested to 6 bar for 30 minutes before the boards went down, no drop. Refilled to 1.3.
nadia: Kitchen fitter asks if the tails can be 150 off the wall.
tom: They are at 150. Told him to look 😄

== 2024-02-13 08:44 | frome | gareth | Landlord gas safety, 12 and 14 Catherine Steps
gareth: Doing both today as the tenants swapped days.
gareth > boiler=1.2, plate=Serial 24C-1503-71160, flue
gareth: No 12 passes. Spillage test on the fire is good, CO alarm in date to 2029.
gareth > boiler=0.4, plate=Serial 24C-2118-00394, gauge=0.4 bar, flue
gareth: No 14 passes for safety but the pressure is at 0.4. Topped up, told the tenant to watch it.
  Suggest we look at the vessel at the next visit.
@12:32
nadia: Both certificates sent to the agent at 12:31.

== 2023-09-26 09:00 | portishead | gareth | New combi, 8 Harbour Walk
gareth: Back boiler out, combi in the utility room. Two days.
gareth > boiler, cupboard=062875, pipes, radiator
gareth: The gas run is 15 mm and 9 m long, it will not carry 24 kW. New 22 mm from the meter.
-- 1 08:10
gareth > pipes*2, boiler=1.5, flue, plate=Serial 24C-2118-00394
gareth: 22 mm in, working pressure 19.6 at the appliance. Old one weighed in.
gareth > stat=18.0, boiler=58°
nadia: Registered, guarantee 10 years from today.

== 2023-11-08 14:20 | bristol | tom | Thermostat upgrade, Studio 2, Paintworks yard
tom > stat=18.0, stat=21.0
tom: Old wired one off, new one paired. Shown Helen how to boost it for an hour.
"""

PLUMBING: Final = """
== 2025-11-20 10:02 | bristol | tom | Kitchen sink backing up, 4b Mina Mansions
tom: Double bowl, both slow, the dishwasher comes up in the left one.
tom > trap, trap, parts
tom: Trap full of rice and fat. Cleared that but it still backs up after 20 litres. It is the stack.
mei: I can bring the camera at 3. Is there access outside?
tom > downpipe, manhole
tom: Gully and a chamber, both lift by hand.
@15:04
mei > manhole, camera=004.2 m, camera=007.5 m
mei: Fat shelf from 4.2 to 7.5 m, then clear. Jetted at 150 bar, twice through, flows full bore.
tom > trap
tom: New trap and a full sink tested three times. Done.

== 2025-09-22 11:15 | bath | tom | Shower valve weeping, Room 12, Gilmour House hotel
tom > shower, shower, parts
tom: Cartridge is scaled solid, weeping 40 ml an hour into a towel. Same valve in all 26 rooms, so
  it
  is worth holding two on the van.
nadia: Adding two to the order. Does he want the lot descaled in the quiet week?
tom: He does. January. I will price it per room.
tom > shower
tom: New cartridge in, 38 degrees limited, thermometer agrees.

== 2025-07-10 08:50 | clevedon | tom | Water meter spinning with everything off, 17 Dial Hill
tom: Meter moves half a litre a minute with the house isolated.
tom > watermeter=00418 m3, watermeter=00419 m3
tom: So it is between the boundary and the house. 14 m of old blue poly under the drive.
mei: Correlator puts it 5.6 m from the meter, plus or minus half a metre.
-- 1 08:30
tom > house, watermeter=00422 m3, leak
tom: Dug at 5.6. Split 60 mm long where a stone sat on it. Cut out and two couplers in.
tom > watermeter=00423 m3
tom: Dead still for 30 minutes. Backfilled with sand and taped.
nadia: The water company gives her the leak allowance if we send the three photos. Sent.

== 2025-04-02 08:25 | bristol | tom | Bathroom first fix, 30 Falcon Terrace
tom > floor, floor, pipes
tom: Boards up. Two notches deeper than they should be from the last lot, I have plated both joists.
yael: Please get a photo of the plates with a tape in it before you close up.
tom > floor, floor
tom > pipes, shower
tom: Shower at 1,100, basin tails at 550, all clipped every 500. Test on at 10 bar overnight.
-- 1 08:05
tom > gauge=2.8 bar, pipes
tom: Held. Boards can go down.

== 2024-11-27 16:40 | keynsham | tom | Burst under the bath, 2 Chew Lane
tom: Water off at the stopcock. Ceiling below is bowed, I have put a hole in it to drain.
tom > leak, floor
@17:36
tom: Push fitting not pushed. Ten years it held. Replaced and on again at 17:35.
tom > floor, damp=31.5 %
yael: 31.5 is saturated, dryer for 10 days and then read it again. I will come on the 9th.

== 2024-07-16 09:30 | frome | tom | Outside tap, 6 Badcox Yard
tom > watermeter=00093 m3
tom: Tap on the side wall with a double check valve and an isolator inside. 25 minutes.

== 2024-05-08 08:45 | bristol | tom | <script>alert("stopcock")</script> <b>URGENT</b> & "no water"
nadia: Title came in like that from the web form, ignore the angle brackets.
tom: Stopcock sheared, nothing past it.
tom > watermeter=01276 m3, pipes
jo: is <i>that</i> the old lead one??? looks like 5 > 3 < 4 bends in it
tom: It is lead. Replaced back to the wall in 25 mm poly, told them to run the tap before drinking.
tom > pipes

== 2023-06-20 13:05 | bath | tom | Dripping tap, 1 Sion Steps
tom > trap
tom: Washer and reseat. Asked me to look at the trap too as it smells, it was just dry.

== 2023-03-14 08:30 | portishead | tom | Leak traced to en suite, 19 Esplanade Court
tom: Stain in the hall ceiling, grows after showers only.
tom > damp=22.4 %, shower, shower
tom: Silicone behind the valve plate is gone. 20 minute spray test with the plate taped: no new
  water.
tom > shower, damp=18.1 %
tom: Resealed. 18.1 today against 22.4 last week, so it is drying.
nadia: Leave it open as a follow-up in April?
tom: Yes, one reading in April and close.
"""

ELECTRICAL: Final = """
== 2025-11-18 08:32 | bristol | siobhan | EICR, Unit 3, Netham Trade Park
siobhan: Starting with the intake. Landlord supply, TN-S, 100 A.
siobhan > cupboard=117604, board=labels to redo, board
siobhan: Board has two circuits in one way, and the labels are from the tenant before last. C2 and
  C3.
siobhan > socket=Zs 0.52, socket=Zs 0.38, socket=Zs 1.12, meter=238.4 V, meter=0.42 ohm
siobhan: The 1.12 is the spur by the roller door, 2.5 mm run through the unit next door and back.
  Above
  1.37 x 0.8 for a B32, so it fails.
nadia: Can that be put right in the same visit?
siobhan: Yes if the tenant lets me have the power off for 40 minutes at noon.
@12:05
siobhan > light, socket=Zs 0.61, board=RCD 24 ms
siobhan: Spur rerouted, 0.61 now. RCD trips at 24 ms on the times one. Certificate is satisfactory.
siobhan > board=tested 18/11/25|next due 11/30

== 2025-10-15 09:20 | bath | siobhan | Charger install, Wells Road garage
siobhan > charger, board, cupboard=048213
siobhan: 60 A main fuse and a 9.5 kW shower. Needs load limiting, so the CT goes on the tail and the
  charger backs off at 50.
siobhan > charger=ready, meter=231.7 V
siobhan: PEN fault protection built in, no rod needed. Drops 6.9 V at 32 A, 3.0 percent.
nadia: Network form sent.
siobhan > charger=7.2 kW
siobhan: Charging his car at 7.2 right now. Shown him the app.

== 2025-07-29 08:15 | clevedon | siobhan | ⚡ Solar and battery, 5 Copse Road ☀️
marek: Hooks are in, 16 of them, every one on a rafter. Slates dressed round with lead.
marek > slatesnew, solar, solar.webp, solar
marek: Eight panels up. The webp is from the drone.
siobhan > board, meter=0.00 V, loft
siobhan: Strings at 331 V open circuit each, polarity good, insulation over 999 megohm.
siobhan > cupboard=009931, meter=> 999 Mohm
-- 1 08:40
siobhan > board=tested 30/07/25|next due 07/30, solar
@11:12
siobhan: Live at 11:02 and exporting 2.1 kW by 11:10 ☀️ G99 paperwork tonight.
jo: 🎉🎉 👷‍♀️
nadia: Great job you two. Customer wants the photos for her blog, said yes.

== 2025-05-13 10:05 | bristol | siobhan | Lights trip when it rains, 18 Bellevue Steps
siobhan > light, meter=0.42 ohm
siobhan: Insulation on the landing circuit is 0.42 megohm to earth, should be over 1. It is
  raining so
  it is a good day for it.
siobhan > loft, loft, light
siobhan: Found it. Junction box in the loft right below a slipped slate, wet through.
marek: I am round the corner until 4, will put the slate back.
marek > slates, slatesnew
siobhan > meter=> 999 Mohm
siobhan: New box, IP rated, off the insulation. Over 999 now. Will ring them after the next storm.

== 2025-01-22 08:38 | frome | siobhan | Board change, Whatcombe Farm flat
siobhan > board, cupboard=048213, meter=231.7 V
@09:12
siobhan: Rewirable fuses, no RCD. 10-way with RCBOs going in. Dead by 09:10, farm knows.
siobhan > board, light, socket=Zs 0.52
siobhan: Borrowed neutral between hall and landing, both now on one RCBO.
siobhan > socket=RCD 22, board=tested 22/01/25|next due 01/30
@15:52
siobhan: Ring 0.42 / 0.43 / 0.71, Zs 0.38 at the board end. Back on at 15:50.

== 2024-09-10 09:15 | bristol | siobhan | Dead sockets, first floor, 41 Quarrington
siobhan > socket=dead, meter=0.00 V
siobhan: Nail through the ring at a picture hook. New hook, new length of cable, ring closed again.
siobhan > socket=Zs 0.61

== 2024-06-25 08:50 | bath | siobhan | 陳記茶室 rewire (Chan's Tea Room), 12 Margaret's Yard
mei: 老闆娘姓陳，她英文不好，我來翻譯。 The owner prefers Cantonese so I will translate.
siobhan: Thanks Mei. Need to know where the new fridges go and how many.
mei: 三台冰箱放在後面，一台製冰機。 Three fridges at the back wall and one ice machine.
siobhan > board, light, cupboard=117604
siobhan: Radial of its own for the ice machine, 20 A. The rest on a new ring.
-- 1 07:30
siobhan > socket=Zs 0.38, socket=Zs 0.52, light
siobhan > board=tested 26/06/24|next due 06/29
mei: 她很滿意，請大家喝茶。 She is very happy, tea for everyone.

== 2024-03-05 09:35 | portishead | siobhan | Outside light, 7 Nore Mews
siobhan > light
siobhan: PIR set to 4 minutes and turned away from the road.

== 2023-10-17 08:40 | keynsham | siobhan | Office fit-out, Wansdyke House second floor
siobhan: 18 desks, floor boxes already cut by the carpet lot and not where the drawing has them.
siobhan > floor, floor, sketch
nadia: Architect says follow what is cut. New drawing tomorrow.
siobhan > board, light*2, cupboard=062875
-- 2 08:10
siobhan > socket=Zs 0.38, socket=Zs 0.52, board=tested 19/10/23|next due 10/28
siobhan: All 18 dead tested and live tested, highest Zs 0.52. Emergency lights did their 3 hours.
"""

ROOFING: Final = """
== 2025-11-11 07:55 | bristol | marek | Ridge relay after storm, 8 Granby Hill
marek: Wind has had five ridge tiles loose, one is in the gutter.
marek > house, ridge, ridge, ridge, gutter
marek: Mortar is just sand. I would take all 9 m off and bed dry ridge instead.
yael: Insurer will pay for the five only. Customer pays the difference?
marek: She says yes, 9 m. Starting tomorrow if it stays under 25 mph.
-- 1 07:40
marek > ridge, slates, ridge
marek: Ridge off, roll out. Two battens soft at the top, replaced.
@14:10
marek > ridgenew, ridgenew, house
marek: 20 tiles on, clamped and screwed. Not going anywhere.
nadia: Photos with the insurer, ref on the job sheet.

== 2025-09-02 08:05 | bath | marek | Chimney repoint and flashing, Priory Lodge
marek > chimney, chimney, slates, house
marek: Stack leans 40 mm to the east, but the survey from 2019 says the same so it has not moved.
yael: Good. Please get me a plumb line photo for the file.
marek > chimney
marek: Raked out to 25 mm. Lime, not cement, on this one.
-- 2 07:50
marek > chimney, chimney, ridgenew
marek: Pointed and the new code 4 lead is in. Two pots capped with vents.
marek > gutter
marek: Cleared the gutter while the scaffold is up.

== 2025-05-27 08:20 | clevedon | marek | Slipped slates, 11 Princes Steps
marek > slates, slates
marek: Nail sick, 6 slipped. Put back with copper clips.
marek > slatesnew

== 2025-02-11 09:00 | portishead | marek | Flat roof ponding, St Barnabas hall
marek: 25 mm of standing water over the vestry, outlet blocked and the deck has dipped.
marek > flatroof, flatroof, downpipe
marek: Core is dry at three points, so the felt is holding. Tapered board and a new single ply on
  top.
yael: Is it over 25 percent of the roof? Then it needs the insulation up to 0.18.
marek: 31 percent. 120 mm PIR in the price.
-- 3 08:00
marek > flatroof, flatroof, gutter, downpipe
@14:05
marek: Laid and welded, every seam probed. Flood tested 2 hours, dry below.
nadia: Warden has signed.

== 2024-10-01 08:10 | bristol | marek | Gutter clearance, 2 to 20 Stanley Parade
marek > gutter, gutter, downpipe, gutter
marek: All ten done from the tower. No 14 has a cracked union and no 18 a missing stop end.
marek > gutter, downpipe
@11:50
marek: Both replaced, 3.5 hours in all.

== 2024-08-13 08:00 | frome | marek | Velux leak, Selwood Barn
marek: Leaks at the top corner in driven rain only.
marek > slates, window, damp=18.1 %
marek: Top flashing was cut short at the slate. New kit on, hose for 30 minutes, dry.
marek > window, slatesnew

== 2024-04-16 08:15 | keynsham | marek | Loft insulation top-up, 25 Manor Chase
marek > loft, loft, loft
marek: 100 mm there now, cross-laid 200 on top. Kept 50 clear at the eaves, and the tank is lagged.
jo: lights up there are downlights, caps on all 6
marek > loft

== 2023-08-22 08:05 | bath | marek | Valley lead stolen, All Hallows Vestry
marek: Whole of the north valley gone, 7 m. Sheeted for now.
marek > house, slates, ridge
nadia: Police reference is in the notes. Church wants terne-coated steel this time.
-- 7 07:45
marek > slatesnew, ridgenew, gutter
marek: Steel in, welted, painted lead grey. Nobody will want it.
marek: Forensic marking on it too, certificate in the folder.
"""

SURVEYS: Final = """
== 2025-11-05 09:25 | bath | yael | סקר רטיבות, 16 Royal Parade (damp survey)
yael: שלום לכולם. קומת קרקע, שלושה חדרים. Ground floor, three rooms, readings every half metre.
yael > house, damp=22.4 %, damp=28.7 %, damp=31.5 %
yael: Peaks at 300 to 900 mm on the party wall and falls off above. Salts positive. That looks like
  rising damp, but the outside ground is 200 above the floor.
yael > downpipe, gutter, sketch.png
yael: So before anybody injects anything: lower the ground, mend the downpipe, wait three months.
nadia: The seller wants a quote for a chemical course.
yael: Not from us. I will put the reasons in the report.
-- 1 10:00
yael > damp=12.0 %, window
yael: Control reading upstairs is 12.0, normal.

== 2025-08-05 09:10 | bristol | yael | Crack monitoring, 33 Clift House Lane
yael: Visit 4 of 6. Gauges at A1, A2 and B1.
yael > crack=A1  2.5 mm, crack=A2  1.0 mm, crack=B1  4.0 mm
yael: No movement at A since May. B1 has gone from 3.5 to 4.0 in a dry summer, the oak is 6 m away.
mei: I did the drains there in spring, sound to 18 m.
yael: Good, that leaves the tree. Next visit 4 November.
yael > house, sketch=Rear extension

== 2025-04-23 10:30 | frome | yael | Pre-purchase survey, Weaver's Cottage
yael > house, chimney, slates, gutter
yael: Outside first. Stone tile roof sagging 60 mm between purlins, old and settled.
yael > loft, loft, damp=18.1 %, crack=A1  2.5 mm, window
yael: Inside. Sashes painted shut, worm in the loft is dead, no frass.
yael > board, boiler, radiator, cylinder
yael: Services look 2005, electrician to test. Buyer is on the phone every ten minutes.
siobhan: I can do her EICR on Friday morning.
yael > sketch=Ground floor, not to scale
yael: Report by Monday.

== 2024-11-12 09:45 | bristol | yael | Party wall schedule of condition before the basement dig
  at 27 and 29 Upper Belgrave Crescent, with the rear addition, both garden walls, the shared
  chimney stack, the front area steps and railings, and the lantern light over the stair, for the
  adjoining owners' surveyors
yael: Schedule before works start, every room with its number. Both owners here.
yael > house^, crack=A1  2.5 mm, crack=A2  1.0 mm, crack=B2  0.6 mm
yael > window, window, chimney, loft
yael: Nothing wider than 2.5 mm. Lantern light has one cracked pane already, both owners agree.
yael > sketch=First floor, not to scale
nadia: Bound copies to both surveyors by Friday.

== 2024-08-28 11:20 | portishead | yael | Mould complaint, flat 9 Battery Point
yael > damp=18.1 %, window
yael: 18 at the reveal, 11 in the middle of the wall, 71 percent humidity. Condensation, not a leak.
  Trickle vents are painted over.
tom: I will free them up and fit a humidistat fan next week.

== 2024-01-17 09:00 | keynsham | yael | Structural opening, 5 Temple Paddock
yael: Builder has taken out the wall before the beam came. Everyone out of the kitchen please.
yael > crack=B1  4.0 mm, crack=B2  0.6 mm, sketch=Ground floor, not to scale
@10:42
yael: Props in at 600 centres by 10:40, two boards under. Beam is a 203 UC, calcs sent to control.
jo: props torqued and tagged 🟢
-- 1 08:30
yael > crack=B1  4.0 mm
yael: Same width as yesterday. Safe to go on.

== 2023-05-16 09:40 | clevedon | yael | Measured survey, Copse Lodge annexe
yael > house, sketch, sketch=First floor, not to scale
~location
yael: Laser agreed with the tape to 4 mm over 11 m. Drawing file is on the server.
yael > window

== 2023-02-07 10:00 | bristol | yael | Quote request, damp in a converted chapel, Hotwell Bank
nadia: Customer asks for a surveyor, not a damp firm. Chapel with pews out and six flats in.
yael: Needs a day and a half with access to all six. 980 plus VAT.
nadia: Sent. They are asking three firms.
yael: Fine. Say that we do not sell treatment, that is the point.
nadia: They said no for now, budget next year. Keeping it open.
"""

DRAINS: Final = """
== 2025-10-28 08:12 | bristol | mei | CCTV survey and root cutting, 70 Brynland
mei: Two chambers. Upstream one holding 300 mm.
mei > manhole, manhole, camera=000.9 m, camera=004.2 m
mei: Roots at 4.2 in the joint, 60 percent of the bore. 樹根很多，要先切根再沖洗。 Cutting first.
mei > camera=004.2 m, camera=011.7 m
mei: Cut and flushed. Next joint at 11.7 open by 10 mm, no roots yet. I would line 4 to 12 m.
nadia: Price?
mei: 8 m of 100 mm liner and one cut for the branch. 1,140.
-- 2 08:30
mei > manhole, camera=004.2 m, camera=011.7 m, downpipe
mei: Lined, cured 2 hours, branch opened. Clean all the way to 18 m.

== 2025-06-17 09:05 | bath | mei | Gully smells, Green Park flats
mei > downpipe, manhole
mei: Trap broken below the grate. New bottle gully set in concrete, 50 mm seal.
mei > downpipe, watermeter=00093 m3

== 2025-02-26 13:15 | keynsham | mei | Build over check, 44 Charlton Field
mei > manhole, camera=007.5 m, sketch=Rear extension
mei: Public sewer is 1.1 m off the new footing and 900 deep. They need the agreement first.
yael: Footing can go to 1,200 and bridge it. I will sketch.

== 2024-04-30 08:50 | frome | mei | Blocked again, Rook Lane cafe
mei > manhole, camera=011.7 m, manhole
mei: Third time since Christmas, all fat. Grease trap is under the sink and full to the lid.
mei > trap
mei: Emptied it and showed the manager how. Every two weeks. 油脂分離器要定期清理。
nadia: Quote for a quarterly visit sent.

== 2024-06-11 08:20 | clevedon | mei | Soakaway failed, Walton Bay bungalow
mei: Lawn is a pond after any rain.
mei > house, downpipe, manhole
mei: Percolation 210 s/mm, clay. A soakaway will never work here. Drain to the ditch needs consent.

== 2023-12-05 08:00 | bristol | nadia | Christmas stand-by rota
"""

REFURBISHMENT: Final = """
== 2025-03-24 07:45 | bristol | nadia | Whole house refurbishment, The Old Vicarage, Church Rise
nadia: Everybody on this one for six days. Photos of everything before, during and after please. The
  architect is in Lisbon and will only see what you send.
yael: Condition first, outside and then top to bottom.
yael > house, house, house, chimney, chimney, gutter, downpipe, flatroof
yael > window, window, window, crack=A1  2.5 mm, crack=A2  1.0 mm, crack=B1  4.0 mm
yael > loft, loft, loft, damp=22.4 %, damp=28.7 %, damp=31.5 %, damp=18.1 %
yael > sketch=Ground floor, not to scale, sketch=First floor, not to scale
yael: Worst is the north wall of the study, 31.5 at skirting and 12 at a metre. Gutter above it
  has no
  outlet.
marek: Will do that one first then.
marek > gutter, gutter, slates, slates, ridge, ridge, flatroof
@11:22
marek: Outlet was under 200 mm of moss. Running free at 11:20.
@13:05
siobhan > cupboard=117604, board, board, light, light, socket=dead, meter=0.00 V
siobhan: Three boards in this house and two of them feed nothing. Everything comes out.
gareth > boiler=F22, plate=Serial 24C-1503-71160, gauge=0.4 bar, cylinder, radiator*3
gareth: Boiler is 1998 and on its second fan. 16 radiators, 11 will clean up.
-- 1 08:12
tom: Strip-out day. Water off at 08:10.
tom > watermeter=01276 m3, trap, shower, shower, floor, floor, floor, pipes
jo > parts, parts, floor, van=RD24 WYK
jo: 2 van loads to the yard, lead and copper kept apart 💪
mei > manhole, manhole, camera=000.9 m, camera=004.2 m, camera=011.7 m, camera=018.3 m
mei: Foul drain is sound to 18 m, one root at 11.7. Rainwater goes nowhere, the soakaway is a
  barrel.
nadia: Architect says new soakaway in the paddock, 5 m from the house.
siobhan > floor, floor, light, light, socket=dead, cupboard=117604, meter=0.00 V
-- 1 07:55
siobhan: First fix cables today, ground floor.
siobhan > floor, floor, light, light, light, socket=Zs 1.12
tom > pipes, pipes, pipes, floor, floor, shower
tom: Hot and cold to all four bathrooms in 22, tees under the landing. On test at 10 bar.
tom > gauge=2.8 bar
gareth > manifold=L4 stuck, manifold=L1 1.8 l/min  L2 2.1  L3 1.6, pipes, pipes, cylinder
gareth: Manifold in for the kitchen floor, 7 loops at 150 centres. Screed on Friday.
yael: Joists over the dining room are notched by 55 in 175. Stop there please, plates needed.
yael > floor, floor, crack=B2  0.6 mm
-- 1 07:40
marek > chimney, chimney, chimney, slatesnew, slatesnew, ridgenew, ridgenew, gutter
marek: Stack down to the roof and up again with the same bricks, 410 of them. Lead in.
jo > parts, van=RD24 WYK, slatesnew, loft
jo: plates fitted to 6 joists, m12 at 400, photo with tape as asked
yael > floor, floor
yael: That is right. Carry on.
siobhan > meter=> 999 Mohm, meter=0.42 ohm, light, socket=Zs 0.52
gareth > boiler=1.2, flue, flue, pipes
gareth: Two 24 kW in cascade hung, flue out through the old larder vent.
-- 4 07:50
gareth > gauge=1.5 bar, boiler=1.5, manifold=balanced|2.0 l/min, stat=19.5
gareth: Filled, 1.5 bar cold. Every bleed point twice.
tom > shower, shower, trap, trap, watermeter=01278 m3
tom: Second fix done in three of four. Bath in number four arrives tomorrow.
siobhan > board, board=ring 0.42 / 0.43 / 0.71, charger, solar, cupboard=117604
siobhan: New board is live for the ground floor. Highest Zs 0.52.
marek > solar, solar, loft, loft, slatesnew
-- 1 08:00
nadia: Last day. After photos from the same spots as the before ones please.
yael > house, chimney, damp=18.1 %, damp=12.0 %, window, crack=B1  4.0 mm
gareth > boiler=1.4, stat=21.0, radiator, plate=Serial 24C-2118-00394
siobhan > socket=Zs 0.38, light, board=tested 01/04/25|next due 04/30
tom > shower, pipes, shower, trap
mei > camera=018.3 m, manhole
@16:12
yael: Snagging list is 14 items, none of them ours to worry about. Handed over at 16:10.
nadia: Architect wrote from Lisbon: "I could have drawn it from your pictures." Thank you all.

== 2025-11-17 09:05 | bristol | gareth | Low pressure at 22 Alder Row, copy for the letting agent
nadia: Agent wants the low pressure picture under their own job. Sending it here too.
gareth > again#low, again#low
gareth: Sent it twice, the first upload looked stuck.

== 2023-04-25 08:35 | frome | gareth | Three flats above the bakery, heating survey
gareth > boiler, boiler, radiator, radiator, cylinder, plate, stat=18.0
gareth: Two combis, one cylinder, all past 15 years. Price for three, staged over three summers.
tom > pipes, cupboard=048213
tom: One gas meter for all three in the yard, locked with a bicycle lock.
nadia: Quote out, 12,400 with VAT.

== 2023-07-04 09:10 | portishead | siobhan | Emergency lighting test, Marina offices
siobhan > light, board
siobhan: 22 fittings, two failed at 1 h 40. Batteries on order, back on the 18th.
-- 14 09:05
siobhan > light
@12:20
siobhan: Both did the three hours.

== 2023-01-24 08:30 | keynsham | jo | First solo van check, RD22 GEW
jo > van=RD22 GEW
jo: tyres 5 mm all round, washer bottle full, ladder strapped ✅ one bulb out rear left
nadia: Bulb is in your pigeonhole. Well done.
"""

SCRIPT: Final = "\n".join((HEATING, PLUMBING, ELECTRICAL, ROOFING, SURVEYS, DRAINS, REFURBISHMENT))
